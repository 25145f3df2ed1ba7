import { faultLine } from '../platform/validation/faults.js';
import type { Fault } from '../platform/validation/faults.js';

/** A file of nothing but faults is not to become a message many times its size. */
const MAX_FAULTS = 50;

/** The message continues a sentence that says which file. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** The projects file cannot be read, or describes no projects; the message names every fault and shows no value. */
export class InvalidProjectsFileError extends Error {
  override readonly name = 'InvalidProjectsFileError';
  readonly faults: readonly string[];

  constructor(path: string, faults: readonly Fault[]) {
    const lines = faults.slice(0, MAX_FAULTS).map(faultLine);
    if (faults.length > MAX_FAULTS) lines.push(`and ${faults.length - MAX_FAULTS} more`);
    super(`Invalid SIGNALWIRE_PROJECTS_FILE ${path}:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    this.faults = lines;
  }
}
