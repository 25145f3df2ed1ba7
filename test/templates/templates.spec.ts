import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { InvalidBodyError } from '../../src/platform/http/body/invalid-body.error.js';
import { Templates } from '../../src/templates/templates.js';
import { InvalidFileError } from '../../src/projects/projects.errors.js';
import { templatesFolder, withVerbs } from './fixtures.js';

beforeAll(() => Logger.overrideLogger(false));

const GOOD = withVerbs('<Redirect>https://e.com</Redirect>');

const templatesIn = (TEMPLATES_DIR?: string, ROLES = 'api,documents'): Promise<Templates> =>
  Templates.of(
    readEnvironment(ServiceEnvironment, {
      REDIS_URL: 'redis://127.0.0.1:6379',
      PUBLIC_URL: 'https://stop.example.com',
      LINK_SECRET: 'a secret of thirty-two bytes or more',
      SIGNALWIRE_SPACE_URL: 'https://own.signalwire.com',
      SIGNALWIRE_PROJECT_ID: 'own-id',
      SIGNALWIRE_API_TOKEN: 'PTown',
      ROLES,
      TEMPLATES_DIR,
    }),
  );

async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = await templatesFolder(files);
  onTestFinished(folder.remove);
  return folder;
}

function errorOf<T extends Error>(type: new (...args: never[]) => T, act: () => unknown): T {
  try {
    act();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const refusalOf = (folder: string): Promise<InvalidFileError> =>
  templatesIn(folder).then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => (error instanceof InvalidFileError ? error : Promise.reject(error as Error)),
  );

const faultsIn = async (folder: string) => (await refusalOf(folder)).faults;

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}.xml`, GOOD]));

describe('the templates', () => {
  it('are the files of the folder without the hidden ones', async () => {
    const { path } = await folderWith({ 'resume-ivr.xml': GOOD, 'B_2.xml': withVerbs(''), '.hidden': 'x' });
    await mkdir(join(path, '..data'));
    await symlink('resume-ivr.xml', join(path, 'link.xml'));
    const templates = await templatesIn(path);
    const names = ['resume-ivr', 'B_2', 'link', 'b_2', '.hidden', 'resume-ivr.xml', '', '__proto__'];
    expect(names.filter((name) => templates.get(name) !== undefined)).toEqual(['resume-ivr', 'B_2', 'link']);
  });

  it('tell whether they let a call end', async () => {
    const { path } = await folderWith({ 'keeps.xml': GOOD, 'ends.xml': withVerbs('<Say>Bye</Say>') });
    const templates = await templatesIn(path);
    expect(['keeps', 'ends', 'unknown'].map((name) => templates.templateEndsCall(name))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('do not exist without a folder, in an empty folder, or in a process that is only a worker', async () => {
    const { path } = await folderWith({ 'wrong.xml': '' });
    expect((await templatesIn()).get('wrong')).toBeUndefined();
    expect((await templatesIn(path, 'worker')).get('wrong')).toBeUndefined();
    await rm(join(path, 'wrong.xml'));
    expect((await templatesIn(path)).get('wrong')).toBeUndefined();
  });

  it('are refused with every file and fault in one message', async () => {
    const { path } = await folderWith({
      'a.xml': '<Response><Say>{{{X}}}{{> y}}</Say></Response>',
      'b.xml': withVerbs('<Say>'),
      'c.xml': GOOD,
      'd.txt': 'x',
      'e f.xml': GOOD,
      'g.xml': withVerbs('x'.repeat(65_536)),
    });
    await mkdir(join(path, 'h.xml'));
    const { message, faults } = await refusalOf(path);
    expect(faults).toEqual([
      'a.xml: line 1: {{{X}}} switches escaping off; write {{NAME}}, whose value is escaped',
      expect.stringMatching(/^a\.xml: line 1: \{\{> y\}\} is not allowed: only /),
      expect.stringMatching(/^b\.xml: is not well-formed XML: /),
      'd.txt: must be called NAME.xml, NAME being 1 to 64 letters, digits, _ or -',
      'e f.xml: must be called NAME.xml, NAME being 1 to 64 letters, digits, _ or -',
      'g.xml: is longer than 65536 bytes',
      'h.xml: is not a regular file',
    ]);
    expect(message.split('\n')).toEqual([
      `Invalid TEMPLATES_DIR ${path}:`,
      ...faults.map((fault) => `  - ${fault}`),
    ]);
  });

  it('are refused if the folder cannot be read', async () => {
    const { path } = await folderWith({ 'a.xml': GOOD });
    expect(await faultsIn(join(path, 'none'))).toEqual(['cannot be read (ENOENT)']);
    expect(await faultsIn(join(path, 'a.xml'))).toEqual(['cannot be read (ENOTDIR)']);
  });

  it('are at most 200', async () => {
    const { path, write } = await folderWith(many(200));
    expect((await templatesIn(path)).get('t199')).toBeDefined();
    await write(many(201));
    expect(await faultsIn(path)).toEqual(['has more than 200 files']);
  });

  it('report the first fifty faults', async () => {
    const wrong = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`t${n}.txt`, '']));
    const { path } = await folderWith(wrong);
    expect((await faultsIn(path)).at(-1)).toBe('and 10 more');
  });
});

const faultOf = (templates: Templates, name: string, streamName: string | null = 'stream') =>
  errorOf(InvalidBodyError, () => templates.requested(name, streamName)).faults[0]?.message;

describe('the template of a request', () => {
  it('is the named one', async () => {
    const { path } = await folderWith({ 'resume-ivr.xml': GOOD });
    expect((await templatesIn(path)).requested('resume-ivr', 'any name <&>')).toBe('resume-ivr');
  });

  it('must exist; the message lists the first twenty', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`t${String(n).padStart(2, '0')}.xml`, GOOD]),
    );
    const { path } = await folderWith(files);
    const message = faultOf(await templatesIn(path), 'x');
    expect(message).toMatch(/^template must be the name of a template: t00, t01, .* t19 and 10 more$/);
    expect(faultOf(await templatesIn(), 'x')).toBe(
      'template must be the name of a template: there is none; TEMPLATES_DIR is the folder for them',
    );
  });

  it('must stop the stream that the request names', async () => {
    const { path } = await folderWith({ 'main.xml': GOOD.replace('{{STREAMNAME}}', 'main') });
    const templates = await templatesIn(path);
    expect(templates.requested('main', 'main')).toBe('main');
    expect(faultOf(templates, 'main', 'other')).toContain(
      'template main does not stop a stream of that name',
    );
  });

  it('must be a stop document with the name of the stream', async () => {
    const long = withVerbs(`<Say>${'{{STREAMNAME}}'.repeat(400)}</Say>`);
    const { path } = await folderWith({ 'long.xml': long });
    const templates = await templatesIn(path);
    expect(templates.requested('long', 'short')).toBe('long');
    expect(faultOf(templates, 'long', 'x'.repeat(256))).toBe(
      'template long is not a stop document with that streamName: it is longer than 65536 bytes when filled in',
    );
  });

  it.each(['stream', null])(
    'must need nothing that SignalWire does not bring, for the stream %j',
    async (streamName) => {
      const { path } = await folderWith({ 'needy.xml': withVerbs('<Say>{{FLOW}}{{From}}{{STEP}}</Say>') });
      expect(faultOf(await templatesIn(path), 'needy', streamName)).toBe(
        "template needy needs what SignalWire's request for it does not bring: FLOW, STEP; put it into a section, or " +
          'choose another template',
      );
    },
  );
});

describe('a reload of the templates', () => {
  it('replaces them by those of the folder', async () => {
    const { path, write } = await folderWith({ 'a.xml': GOOD });
    const templates = await templatesIn(path);
    await write({ 'b.xml': GOOD, 'a.xml': withVerbs('') });
    expect(templates.get('b')).toBeUndefined();
    await templates.reload();
    expect([templates.get('b') !== undefined, templates.templateEndsCall('a')]).toEqual([true, true]);
  });

  it('changes nothing if one is invalid or the folder is gone', async () => {
    const { path, write, remove } = await folderWith({ 'a.xml': GOOD });
    const templates = await templatesIn(path);
    await write({ 'a.xml': withVerbs(''), 'b.xml': '<Response/>' });
    await templates.reload();
    expect([templates.get('b'), templates.templateEndsCall('a')]).toEqual([undefined, false]);
    await remove();
    await templates.reload();
    expect(templates.get('a')).toBeDefined();
  });

  it('runs after an earlier one, so that the latest files win', async () => {
    const { path, write } = await folderWith({ 'a.xml': GOOD });
    const templates = await templatesIn(path);
    const first = templates.reload();
    await write({ 'a.xml': withVerbs('') });
    await Promise.all([first, templates.reload()]);
    expect(templates.templateEndsCall('a')).toBe(true);
  });

  it('lets other work run between two files', async () => {
    const { path } = await folderWith(many(20));
    const templates = await templatesIn(path);
    const progress = { turns: 0, isDone: false };
    void templates.reload().then(() => (progress.isDone = true));
    while (!progress.isDone) {
      await setImmediate();
      progress.turns += 1;
    }
    expect(progress.turns).toBeGreaterThanOrEqual(20);
  });
});
