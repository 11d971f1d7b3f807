/** Text as it may stand in a cell of a table: on one line, with the links of n8n's descriptions as Markdown. */
export function cell(text: string): string {
	return text
		.replace(/<a href="([^"]+)"[^>]*>([^<]*)<\/a>/g, '[$2]($1)')
		.replace(/<br \/>/g, ' ')
		.replace(/<(\/?)b>/g, '**')
		.replace(/\s*\n\s*/g, ' ')
		.replace(/\|/g, '\\|')
		.trim();
}

/** A table of Markdown. @param rows texts as they are; they are made fit for cells here */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
	const line = (cells: readonly string[]): string =>
		`| ${cells.map(cell).join(' | ')} |`.replace(/\|\s{2,}(?=\|)/g, '| ');
	return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** The anchor that GitHub gives a heading. @param heading without its marks */
export function anchor(heading: string): string {
	return heading
		.toLowerCase()
		.replace(/[`*]/g, '')
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');
}

/** Ends a sentence that has no end. */
export function sentence(text: string): string {
	return text === '' || /[.!?…:]$/.test(text) ? text : `${text}.`;
}

/**
 * Puts sections between their marks, `<!-- name -->` and `<!-- /name -->`; the words around them stay.
 *
 * @throws Error when a section has no marks in the text
 */
export function fill(text: string, sections: Readonly<Record<string, string>>): string {
	return Object.entries(sections).reduce((filled, [name, content]) => {
		const marks = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
		if (!marks.test(filled)) throw new Error(`There is no place marked "${name}".`);
		return filled.replace(marks, (_all, open: string, close: string) => `${open}${content}\n${close}`);
	}, text);
}
