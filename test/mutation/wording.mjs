import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const WORDS = /[A-Za-z']+[,:]? [A-Za-z"]/;
const isPlain = ({ type }) => type === 'Identifier' || type === 'MemberExpression';

/**
 * Leaves out texts that people read: a mutant of one is an empty text, which shows nothing about a guard. A text of two
 * words or more counts, unless something is worked out inside it. Names, kinds and keys are single words, so they are tried.
 */
export const strykerPlugins = [
	declareValuePlugin(PluginKind.Ignore, 'wording', {
		shouldIgnore({ node, parent }) {
			// A text that something is done with, such as a list in one text, is not read by people.
			if (parent?.type === 'MemberExpression') return undefined;
			const isWording =
				(node.type === 'StringLiteral' && WORDS.test(node.value)) ||
				(node.type === 'TemplateLiteral' &&
					node.expressions.every(isPlain) &&
					node.quasis.some(({ value }) => WORDS.test(value.raw)));
			return isWording ? 'Wording: a text that people read' : undefined;
		},
	}),
];
