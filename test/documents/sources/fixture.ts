import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { CallView } from '../../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { DocumentServer } from '../../simulator/support/document-server.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { templatesFolder, withVerbs } from '../../templates/fixtures.js';

export const STAY = '<Pause length="600"/>';

/** What can become of a call after the stop, depending on the verbs. */
export const FATES = [
  {
    fate: 'in_its_ivr',
    verbs: (ivr: string) => `<Redirect>${ivr}?s={{#urlEncode}}{{STREAMNAME}}{{/urlEncode}}</Redirect>`,
    call: { status: 'in-progress', endReason: null, activity: { verb: 'Pause' } },
    warnings: [],
  },
  {
    fate: 'on_hold',
    verbs: () => '<Enqueue>support</Enqueue>',
    call: { status: 'in-progress', endReason: null, activity: { verb: 'Enqueue', text: 'support' } },
    warnings: [],
  },
  {
    fate: 'hung_up',
    verbs: () => '<Hangup/>',
    call: { status: 'completed', endReason: 'hangup_verb' },
    warnings: [],
  },
  {
    fate: 'out_of_verbs',
    verbs: () => '<Say>Bye</Say>',
    call: { status: 'completed', endReason: 'out_of_verbs' },
    warnings: ['call_ends'],
  },
] as const;

interface Stopped {
  readonly cancellation: Cancellation;
  readonly call: CallView;
}

/** A simulator, another server with documents, and a folder of templates; for the tests of one file. */
export class SourcesFixture {
  simulator: Simulator;
  elsewhere: DocumentServer;
  folder: Awaited<ReturnType<typeof templatesFolder>>;

  constructor() {
    beforeAll(() => this.start());
    afterAll(async () => {
      await this.elsewhere.close();
      await this.simulator.close();
      await this.folder.remove();
    });
  }

  private async start(): Promise<void> {
    this.simulator = await startSimulator({ log: false });
    this.elsewhere = await DocumentServer.start();
    const ivr = this.elsewhere.document('/ivr', STAY);
    this.folder = await templatesFolder({
      'resume-ivr.xml': withVerbs(
        `{{#From}}<Say>{{From}}</Say>{{/From}}<Redirect>${ivr}?call={{CallSid}}</Redirect>`,
      ),
      'needy.xml': withVerbs(`<Say>{{ParentCallSid}}</Say>${STAY}`),
      'flow.xml': withVerbs(`<Redirect>{{FLOW}}</Redirect>`),
      'stay.xml': withVerbs(STAY),
      ...Object.fromEntries(FATES.map(({ fate, verbs }) => [`${fate}.xml`, withVerbs(verbs(ivr))])),
    });
  }

  /** A service that makes one attempt; its default `then` is the guide's, so the call ends. */
  async service(variables: Record<string, string>): Promise<TestService> {
    return startTestService(
      { MAX_ATTEMPTS: '1', CONFIRMATION_TIMEOUT_MS: '1000', ...variables },
      this.simulator,
    );
  }

  /** The same for one test. */
  async serviceOfTest(variables: Record<string, string>): Promise<TestService> {
    const service = await this.service(variables);
    onTestFinished(() => service.close());
    return service;
  }

  /** Stops one of two streams of a new call, and waits until the call has run that many verbs. */
  async stop(
    service: TestService,
    asked: { template?: string; documentUrl?: string; then?: object[] } = {},
    { streamName = 'stream', verbs = 2 } = {},
  ): Promise<Stopped> {
    const { sid } = this.simulator.createCall({ streams: [{ name: streamName }, { name: 'another' }] });
    const { id } = await service.api.create({ callSid: sid, streamName, ...asked });
    const cancellation = await service.finished(id);
    const call = await this.simulator.until(sid, (view) => view.verbs.length >= verbs);
    return { cancellation, call };
  }
}

export const fateOf = ({ call }: Stopped) => ({
  streams: call.streams.map(({ status }) => status),
  status: call.status,
  lastVerb: call.verbs.at(-1)?.name,
});

export const STOPPED_AND_KEPT = {
  streams: ['stopped', 'in-progress'],
  status: 'in-progress',
  lastVerb: 'Pause',
};
