/**
 * Runs the whole of a command. It ends the program, whatever still runs: 0 when all went well, else 1 with the error on
 * standard error.
 */
export function runCommand(main: () => Promise<void>): void {
	main().then(
		() => process.exit(0),
		(error: unknown) => {
			console.error(`✗ ${error instanceof Error ? error.stack : String(error)}`);
			process.exit(1);
		},
	);
}
