/** Loaded before a process of a drill: the end of stdin is the end of the drills, however they have ended. */
process.stdin.once('end', () => process.exit(1)).resume();
