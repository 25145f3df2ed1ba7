// Fails if a folder of src or test holds more than 14 files.
import { readdirSync } from 'node:fs';

const MAX_FILES = 14;

const counts = new Map();
for (const root of ['src', 'test']) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) counts.set(entry.parentPath, (counts.get(entry.parentPath) ?? 0) + 1);
  }
}
for (const [folder, count] of counts) {
  if (count <= MAX_FILES) continue;
  console.error(`${folder} holds ${count} files; at most ${MAX_FILES} are allowed`);
  process.exitCode = 1;
}
