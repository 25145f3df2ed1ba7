import { InvalidEnvironmentError } from '../config/environment.js';
import { faultLine } from '../platform/validation/faults.js';
import type { Fault } from '../platform/validation/faults.js';

/** Keeps the message short for a file full of mistakes. */
const MAX_FAULTS = 50;

/** The message continues a sentence that begins with the file's name. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** A file or folder of settings cannot be read or is invalid. The message names every fault and quotes no value. */
export class InvalidFileError extends Error {
  override readonly name = 'InvalidFileError';
  readonly faults: readonly string[];

  constructor(variable: string, path: string, faults: readonly Fault[]) {
    const lines = faults.slice(0, MAX_FAULTS).map(faultLine);
    if (faults.length > MAX_FAULTS) lines.push(`and ${faults.length - MAX_FAULTS} more`);
    super(`Invalid ${variable} ${path}:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    this.faults = lines;
  }
}

/** Why settings were refused. */
export const faultsToLog = (error: unknown): readonly string[] =>
  error instanceof InvalidFileError || error instanceof InvalidEnvironmentError
    ? error.faults
    : [String(error)];
