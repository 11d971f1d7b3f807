import { codesOfEvent, eventOfCode } from '../../nodes/shared/eventCatalogue';

test('every code of a name leads back to it', () => {
	for (const name of ['accessGranted', 'accessDenied', 'doorForced', 'tamper', 'controllerSync'])
		for (const code of codesOfEvent(name)) expect(eventOfCode(code)).toBe(name);
	expect([32, 33, 31, 30, 999, 'x'].map(eventOfCode)).toEqual([
		'doorForced',
		'doorHeldOpen',
		'doorNormal',
		'requestToExit',
		'other',
		'other',
	]);
});
