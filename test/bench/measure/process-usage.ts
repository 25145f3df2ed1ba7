import { readFile, readdir } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second, whatever its kernel was built with (time(7), USER_HZ). */
const TICK_MS = 10;

const MB_IN_KB = 1024;

/** Only Linux tells what a process uses. */
export const USAGE_IS_KNOWN = process.platform === 'linux';
export const USAGE_IS_UNKNOWN = 'only Linux tells what a process uses';

/** The processor time of a process since its start, in ms; NaN where the machine does not tell it. */
export const knownCpuMsOf = async (pid: number): Promise<number> =>
  USAGE_IS_KNOWN ? cpuMsOf(pid) : Number.NaN;

/** As `knownCpuMsOf`, on Linux only. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name, which may contain spaces; user and system time are fields 14 and 15
  // (proc_pid_stat(5)).
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * TICK_MS;
}

/** Resident memory in MB of 1024 × 1024 bytes. */
export async function residentMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / MB_IN_KB;
}

export async function openFilesOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
