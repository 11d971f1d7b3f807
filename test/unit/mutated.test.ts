import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { CLAIMS } from '../../reliability/claims';
import { MUTATIONS } from '../../reliability/visitMutations';

const ROOT = resolve(__dirname, '..', '..');

// The commands that break the code run at night and for an hour; that they still can is seen here.
test.each([...MUTATIONS, ...CLAIMS].flatMap(({ what, edits }) => edits.map((edit) => [what, edit] as const)))(
	'what is to be broken stands in the code exactly once: %s',
	(_what, { file, now, then }) => {
		const text = readFileSync(join(ROOT, file), 'utf8');
		expect(text.split(now)).toHaveLength(2);
		expect(text.replace(now, () => then)).not.toBe(text);
	},
);
