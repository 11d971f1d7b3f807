import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { MUTATIONS } from '../../reliability/visitMutations';

const ROOT = resolve(__dirname, '..', '..');

// The command that puts them back runs at night; that it still can is seen here.
test.each(MUTATIONS.flatMap(({ what, edits }) => edits.map((edit) => [what, edit] as const)))(
	'the old fault fits into the code: %s',
	(_what, { file, now, then }) => {
		const text = readFileSync(join(ROOT, file), 'utf8');
		expect(text.split(now)).toHaveLength(2);
		expect(then).not.toBe(now);
	},
);
