import { withoutUnseenEnds, hasWords, searchable } from '../../nodes/shared/text';

describe('searching what people type', () => {
	test.each([
		['zoe', 'Zoë Visser', true],
		['ZOË', 'Zoe\u0308 Visser', true],
		['zoe\u0308', 'Zoë Visser', true],
		['visser zoë', 'Zoë Visser', true],
		['  zoe   visser ', 'Zoë  Visser', true],
		['zoe\u00a0visser', 'Zoë Visser', true],
		['anne marie', 'Anne-Marie Groß', true],
		['gross', 'Anne-Marie Groß', true],
		["o'brien", 'Nathan O’Brien', true],
		['αλεξησ', 'Αλέξης', true],
		['', 'anybody', true],
		['zoe smith', 'Zoë Visser', false],
		['zoé x', 'Zoë', false],
	])('%j in %j: %s', (wanted, text, found) => {
		expect(hasWords(text, wanted)).toBe(found);
	});

	test('a text is searchable by itself, however it is composed', () => {
		for (const text of ['Zoë Visser', 'Łukasz Żółć', 'Ñandú', 'İpek Işık', '山田 太郎', '김민준'])
			expect(searchable(text.normalize('NFD'))).toBe(searchable(text.normalize('NFC')));
	});
});

describe('e-mail addresses', () => {
	test.each([
		['blank', ' '],
		['no-break space', '\u00a0'],
		['zero-width space', '\u200b'],
		['zero-width joiner', '\u200d'],
		['byte order mark', '\ufeff'],
		['soft hyphen', '\u00ad'],
		['left-to-right mark', '\u200e'],
		['right-to-left embedding', '\u202b'],
		['isolate', '\u2068'],
		['word joiner', '\u2060'],
		['line break', '\r\n'],
		['ideographic space', '\u3000'],
	])('lose a %s at their ends', (_, unseen) => {
		expect(withoutUnseenEnds(`${unseen}${unseen}ana@example.com${unseen}`)).toBe('ana@example.com');
		expect(withoutUnseenEnds(unseen)).toBe('');
	});

	test('keep what stands inside', () => {
		expect(withoutUnseenEnds(' ana maria@ex\u00adample.com ')).toBe('ana maria@ex\u00adample.com');
	});
});
