import type { Api } from './api';

/** DoorFlow's operations on the account itself and what it is divided into, and the sync of its doors. */
export function registerAccount(api: Api): void {
	api.on('GET', 'account', [], ({ store }) => ({
		...store.account,
		time_zone: store.timeZone,
		monitored: true,
		reseller: null,
		sync: store.sync.account(),
		user: { ...store.blueprint.user },
		passport: { enabled: false, remote_unlock_enabled: false, hid_mobile_access: false },
	}));
	// DoorFlow pages sites, but neither groups nor roles.
	api.on('GET', 'sites', ['account.site.readonly'], (call) => call.page(call.store.sites));
	api.on('GET', 'groups', ['account.group.readonly'], ({ store }) => store.groups);
	api.on('GET', 'roles', ['account.role.readonly'], ({ store }) =>
		[...store.roles].sort((one, other) => one.name.localeCompare(other.name)),
	);

	api.on('POST', 'sync', ['account.sync'], ({ store, reply }) => {
		// DoorFlow "initiates the sync if there are unsynced changes", and answers 200 also when there are none. That such a
		// request is not limited, and does not use up the limit, is a reading.
		if (!store.unsynced) return { result: 'ok' };
		const wait = Math.ceil(store.lastSync / 1000 + store.config.syncLimitSeconds - Date.now() / 1000);
		if (wait > 0) {
			return reply
				.code(429)
				.header('Retry-After', wait)
				.send({ error: 'rate_limited', description: 'A sync was started a short time ago', retry_in: wait });
		}
		store.sync.start();
		return { result: 'ok' };
	});
}
