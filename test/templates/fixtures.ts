import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A stop document of these verbs after the stop. */
export const withVerbs = (verbs: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="{{STREAMNAME}}"/></Stop>${verbs}</Response>`;

/** A folder of these files; whoever makes it removes it. */
export async function templatesFolder(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'streamstop-templates-'));
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(more)) await writeFile(join(path, name), text);
  };
  await write(files);
  return { path, write, remove: () => rm(path, { recursive: true, force: true }) };
}
