import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from '../../src/config/environment.js';
import { provideUnpacked } from '../../src/demo/redis/debian-folder.js';
import { freePort } from '../../src/demo/free-port.js';
import { findCommand, runCommand } from '../../src/demo/redis/commands.js';
import { RedisEnvironment } from '../../src/demo/redis/redis-environment.js';
import { untilReady } from '../../src/demo/until-ready.js';
import { readyBeforeEnd, startCommand, stopChild } from './child.js';
import type { Stage } from './stage.js';

/**
 * SignalWire's "Cancelling a Stream with the Update a Call API" has this server. Its SDK, which no Debian package has,
 * writes the document with the same library.
 */
const GUIDE_SERVER = `
import sys
from xml.etree.ElementTree import Element, SubElement, tostring
from flask import Flask

app = Flask(__name__)

@app.route("/update", methods=["GET", "POST"])
async def update_call():
    response = Element("Response")
    SubElement(SubElement(response, "Stop"), "Stream", {"name": "stream"})
    SubElement(response, "Say").text = "Stopping stream"
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")

if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
`;

const PACKAGES = ['python3-flask', 'python3-asgiref', 'gunicorn'];

/** Where Debian keeps what every Python 3 of its release can load. */
const MODULES = 'usr/lib/python3/dist-packages';

/** Two processes of eight threads, which keep their connections; the plain ones close theirs after each answer. */
const GUNICORN = ['--workers', '2', '--worker-class', 'gthread', '--threads', '8', '--keep-alive', '60'];

export interface Python {
  readonly command: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** @throws {Error} with the reason why Flask cannot be had here */
export async function providePython(log: (line: string) => void): Promise<Python> {
  const environment = readEnvironment(RedisEnvironment);
  const command = await findCommand(['python3'], environment.PATH);
  if (command === undefined) throw new Error('there is no python3');
  const pythonOf = (folder: string): Python => ({
    command,
    variables: {
      PATH: environment.PATH ?? '',
      HOME: environment.HOME ?? '',
      PYTHONPATH: join(folder, MODULES),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const folder = await provideUnpacked(environment, {
    name: 'Flask',
    packages: PACKAGES,
    demand: (unpacked) =>
      runCommand([command, '-c', 'import asgiref.sync, flask, gunicorn.app.wsgiapp'], {
        variables: pythonOf(unpacked).variables,
      }),
    log,
  });
  return pythonOf(folder);
}

/** The guide's server, as the guide starts it or by gunicorn. @returns the address of its document */
export async function startGuideServer(
  stage: Stage,
  python: Python,
  by: 'flask' | 'gunicorn',
): Promise<string> {
  const { program, settings } = stage;
  const folder = await program.start(
    () => mkdtemp(join(tmpdir(), 'streamstop-guide-')),
    (path) => rm(path, { recursive: true, force: true }),
  );
  await writeFile(join(folder, 'guide.py'), GUIDE_SERVER);
  const port = String(await freePort());
  const words =
    by === 'flask'
      ? [join(folder, 'guide.py'), port]
      : ['-m', 'gunicorn', '--chdir', folder, '--bind', `127.0.0.1:${port}`, ...GUNICORN, 'guide:app'];
  const command: [string, ...string[]] = [...(settings.cores?.on('service') ?? []), python.command, ...words];
  const child: ChildProcess = await program.start(
    async () => startCommand(command, python.variables),
    stopChild,
  );
  const url = `http://127.0.0.1:${port}/update`;
  await readyBeforeEnd(child, untilReady(url, program.signal));
  return url;
}
