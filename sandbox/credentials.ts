import { isMobile, isPin, type CredentialType } from './accounts';
import type { Api, Body, Call } from './api';
import { notFound, unprocessable } from './errors';
import type { Credential, Store } from './store';

/** Sent instead of a value, it makes DoorFlow draw a random PIN. */
const RANDOM = '******';
const MAX_VALUE = 255;

/**
 * What speaks against a value, in DoorFlow's words.
 *
 * @param own the value that the credential has already, which it may keep
 */
export function faultOfValue(
	store: Store,
	type: CredentialType,
	value: unknown,
	own?: string,
): string | undefined {
	const pin = isPin(type);
	if (pin && value === RANDOM) return undefined;
	if (typeof value !== 'string' || value.trim() === '' || value === RANDOM) return "can't be blank";
	const { pinLength } = store.config;
	if (pin && pinLength > 0 && !new RegExp(`^\\d{${pinLength}}$`).test(value))
		return `must be ${pinLength} digits in length`;
	if (pin && !/^\d{4,7}$/.test(value)) return 'must be between 4 and 7 digits in length';
	if (value.length > MAX_VALUE) return 'is too long';
	return value !== own && store.byValue.has(value) ? 'value is already in use on your account' : undefined;
}

/** Raises the notification of a change to a credential. */
export function tellOf(
	api: Api,
	store: Store,
	action: 'CREATE' | 'DESTROY' | 'UPDATE',
	credential: Credential,
): void {
	api.webhooks.notify(
		store,
		action,
		'PersonCredential',
		`/api/3/people/${credential.person_id}/credentials/${credential.id}`,
		credential.id,
	);
}

const view = (credential: Credential): Body => ({ ...credential, changedAt: undefined });

const typeOf = (store: Store, credential: Credential): CredentialType | undefined =>
	store.credentialTypes.find(({ id }) => id === credential.credential_type_id);

/** The invitation is accepted after a while, and its revocation done. */
function settleLater(api: Api, store: Store, credential: Credential): void {
	setTimeout(() => {
		if (store.credentials.get(credential.id) !== credential) return;
		if (credential.status === 'invited') {
			store.changeStatus(credential, 'active');
			tellOf(api, store, 'UPDATE', credential);
		} else if (credential.status === 'revoking') {
			credential.status = 'revoked';
			store.removeCredential(credential);
			tellOf(api, store, 'DESTROY', credential);
		}
	}, store.config.inviteMs).unref();
}

function find(call: Call): Credential {
	const person = call.find(call.store.people, 'person');
	const credential = call.store.credentials.get(call.param('id'));
	if (!credential || credential.person_id !== person.id) throw notFound();
	return credential;
}

function checked(store: Store, type: CredentialType, value: unknown, own?: string): string {
	const fault = faultOfValue(store, type, value, own);
	if (fault) throw unprocessable({ value: [fault] });
	return value === RANDOM ? store.freePin() : (value as string);
}

/** DoorFlow's operations on credentials. Their bodies are wrapped in `person_credential`. */
export function registerCredentials(api: Api): void {
	const READ = ['account.person.readonly'];
	const WRITE = ['account.person'];
	const wish = (call: Call): Body =>
		typeof call.body.person_credential === 'object' ? ((call.body.person_credential ?? {}) as Body) : {};

	api.on('GET', 'credential_types', ['account.credential_type.readonly'], (call) =>
		call.page(call.store.credentialTypes),
	);
	api.on('GET', 'credentials', READ, (call) => call.page([...call.store.credentials.values()]).map(view));
	api.on('GET', 'people/:person/credentials', READ, (call) =>
		call.page(call.store.credentialsOf(call.find(call.store.people, 'person').id)).map(view),
	);
	api.on('GET', 'people/:person/credentials/:id', READ, (call) => view(find(call)));

	api.on('POST', 'people/:person/credentials', WRITE, (call) => {
		const { store } = call;
		const person = call.find(store.people, 'person');
		const { credential_type_id: typeId, value } = wish(call);
		const type = store.credentialTypes.find(({ id }) => id === typeId);
		if (!type) throw unprocessable({ credential_type_id: ['Not found for this account'] });
		const existing = store
			.credentialsOf(person.id)
			.find((credential) => credential.credential_type_id === type.id);
		if (existing) {
			void call.reply.code(409);
			return view(existing);
		}
		const credential = store.addCredential(
			person.id,
			type.id,
			isMobile(type) ? undefined : checked(store, type, value),
		);
		tellOf(api, store, 'CREATE', credential);
		if (isMobile(type)) settleLater(api, store, credential);
		void call.reply.code(201);
		return view(credential);
	});

	api.on('PUT', 'people/:person/credentials/:id', WRITE, (call) => {
		const { store } = call;
		const credential = find(call);
		const type = typeOf(store, credential);
		if (!type || isMobile(type))
			throw unprocessable({ value: ['can not be assigned to a credential of this type'] });
		store.changeValue(credential, checked(store, type, wish(call).value, credential.value));
		tellOf(api, store, 'UPDATE', credential);
		void call.reply.code(201);
		return view(credential);
	});

	api.on('DELETE', 'people/:person/credentials/:id', WRITE, (call) => {
		const { store } = call;
		const credential = find(call);
		if (credential.status === undefined) {
			store.removeCredential(credential);
			tellOf(api, store, 'DESTROY', credential);
			return call.reply.code(200).type('text/plain').send('ok');
		}
		store.changeStatus(credential, 'revoking');
		settleLater(api, store, credential);
		return call.reply.code(202).type('text/plain').send('accepted');
	});
}
