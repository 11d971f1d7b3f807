/**
 * Why a change to the code that no test notices is none that matters, by file and by the change: `«before → after»` in its
 * line, as `npm run test:mutation` prints it. A survivor that is not here, and an explanation of none, make it red.
 */
export const EXPLAINED: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
