/** Thrown by a route to answer with one of DoorFlow's errors. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		readonly body: object,
		readonly headers: Readonly<Record<string, string>> = {},
	) {
		super('refused');
	}
}

/** DoorFlow: 404 for what does not exist, and for what belongs to another account. */
export const notFound = (): Refusal =>
	new Refusal(404, { error: 'not_found', error_description: 'The resource does not exist' });

/**
 * DoorFlow: 422 with the reasons by field.
 *
 * @param errors the reasons, as in `{ email: ['has already been taken'] }`
 */
export const unprocessable = (errors: Readonly<Record<string, string[] | string>>): Refusal =>
	new Refusal(422, { error: 'unprocessable_entity', error_description: 'Validation failed', errors });
