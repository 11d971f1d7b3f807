import { problemOfAnswer } from '../../nodes/shared/problem';

test('texts of DoorFlow never carry what was secret', () => {
	const problem = problemOfAnswer(
		422,
		{ errors: { value: ['4711000 is taken'] }, error_description: 'Bearer abc.def and ack_token=123' },
		{ doing: 'create the credential', secrets: ['4711000'] },
	);
	expect(JSON.stringify(problem)).not.toMatch(/4711000|abc\.def|=123/);
});
