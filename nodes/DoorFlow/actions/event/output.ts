import type { Answer } from '../operation';

/** An event, as DoorFlow gives one. */
export const EVENT: Answer = {
	all: [
		'id',
		'event_id',
		'event_code',
		'event_label',
		'door_controller_id',
		'door_controller_name',
		'channel_id',
		'channel_name',
		'person_id',
		'person_name',
		'credentials_number',
		'created_at',
		'updated_at',
	],
	simple: [
		'id',
		'event_code',
		'event_label',
		'channel_id',
		'channel_name',
		'person_id',
		'person_name',
		'created_at',
	],
};
