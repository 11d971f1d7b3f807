import type { IDataObject } from 'n8n-workflow';

import { badInput } from '../../../shared/problem';
import type { Call } from '../../call';

/** DoorFlow draws a photo small; what is larger than this is a mistake that would only clog the request. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;

/** JPEG and PNG by their first bytes: a file's name and type may be missing or wrong. */
const isPicture = (bytes: Buffer): boolean =>
	bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) ||
	bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));

/**
 * Checks the photo in a binary property. It is read again when it is sent, so that the photos of all items are not in
 * memory at once.
 *
 * @param given name of the property; nothing for no photo
 * @returns gives the field that DoorFlow takes it in; undefined without a photo
 * @throws DoorFlowError when it isn't there, or no JPEG or PNG, or too large
 */
export async function photoCheck(
	call: Call,
	given: number | string | null | undefined,
): Promise<(() => Promise<IDataObject>) | undefined> {
	if (given === undefined || given === null) return undefined;
	const property = String(given);
	if (!Object.hasOwn(call.context.getInputData()[call.itemIndex]?.binary ?? {}, property)) {
		throw badInput(
			`The input has no file named "${property.slice(0, 60)}"`,
			'Enter the binary property that holds the photo, as shown under Binary in the input, or remove the photo field.',
		);
	}
	const read = async (): Promise<Buffer> =>
		await call.context.helpers.getBinaryDataBuffer(call.itemIndex, property);
	const bytes = await read();
	if (!isPicture(bytes)) {
		throw badInput(
			`The file in "${property.slice(0, 60)}" is not a JPEG or PNG picture`,
			'DoorFlow accepts JPEG and PNG photos. Convert the file before this node, for example with the Edit Image node.',
		);
	}
	if (bytes.length > MAX_PHOTO_BYTES) {
		throw badInput(
			'The photo is larger than 10 MB',
			'Make it smaller before this node, for example with the Edit Image node.',
		);
	}
	return async () => ({ image_base64: (await read()).toString('base64') });
}
