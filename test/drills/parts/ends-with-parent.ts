/** Loaded before a child process: when its stdin ends, its parent has ended, and so does the child. */
process.stdin.once('end', () => process.exit(1)).resume();
