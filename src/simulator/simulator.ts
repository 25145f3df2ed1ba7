import { NestFactory } from '@nestjs/core';
import type { LoggerService } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BinsService, binUrl } from './bins/bins.service.js';
import type { BinView } from './bins/bins.service.js';
import type { CallStatus, CallView, DialStatus } from './calls/call-view.js';
import { CallsService } from './calls/calls.service.js';
import type { CreateCall } from './calls/create-call.js';
import type { Fault } from './faults/fault.js';
import { LIMITS } from './limits.js';
import { servePage } from './serve-page.js';
import { DEFAULT_CONFIG } from './simulator.config.js';
import type { SimulatorConfig } from './simulator.config.js';
import { SimulatorModule } from './simulator.module.js';

export interface SimulatorOptions extends Partial<Omit<SimulatorConfig, 'logChanges'>> {
  /**
   * `false` disables all output. Nest has one logger per process, so this applies to every Nest application in the
   * process until a later one sets its own. Default: the logger stays unchanged.
   */
  readonly log?: LoggerService | false;
}

/** A running simulator, for tests and demos in the same process. */
export interface Simulator {
  /** The space URL, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  readonly projectId: string;
  readonly apiToken: string;
  readonly signingKey: string | undefined;

  /** @throws {CallConflictError} the sid is in use, or two streams share a name */
  createCall(input?: CreateCall): CallView;

  /** @throws {UnknownCallError} */
  call(sid: string): CallView;

  /** Hangs up as the other party. Default status: `completed`. @throws {UnknownCallError} {CallConflictError} */
  endCall(sid: string, status?: CallStatus): CallView;

  /** Ends the dial in progress. Default status: `completed`. @throws {UnknownCallError} {CallConflictError} */
  endDial(sid: string, status?: DialStatus): CallView;

  /** Replaces the remaining faults. @throws {UnknownCallError} */
  setFaults(sid: string, faults: readonly Fault[]): CallView;

  /** Creates an XML Bin: a Mustache template over the parameters of each request. @throws {InvalidBinError} */
  createBin(contents: string): BinView;

  /**
   * Resolves with the call as soon as `predicate` holds. Driven by events, without polling.
   *
   * @param timeoutMs default 10 s
   * @throws {CallWaitError} `timeoutMs` passed, or the simulator was closed
   */
  until(sid: string, predicate: (call: CallView) => boolean, timeoutMs?: number): Promise<CallView>;

  /** Stops listening and aborts everything in flight. Nothing keeps the process alive afterwards. */
  close(): Promise<void>;
}

/** Creates a simulator that does not listen yet. */
export async function createSimulator(
  config: SimulatorConfig,
  log?: LoggerService | false,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: LIMITS.requestBody,
    forceCloseConnections: true,
    // With the default of 100, a longer sid would get a different error from an unknown one.
    routerOptions: { maxParamLength: 1000 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(SimulatorModule.with(config), adapter, {
    abortOnError: false,
    ...(log === undefined ? {} : { logger: log }),
  });
  await servePage(app);
  return app;
}

/** Starts a simulator, by default on a free loopback port. */
export async function startSimulator({ log, ...options }: SimulatorOptions = {}): Promise<Simulator> {
  const config = { ...DEFAULT_CONFIG, port: 0, ...options, logChanges: log !== false };
  const app = await createSimulator(config, log);
  await app.listen(config.port, config.host);
  const calls = app.get(CallsService);
  const bins = app.get(BinsService);
  const url = await app.getUrl();
  return {
    url,
    projectId: config.projectId,
    apiToken: config.apiToken,
    signingKey: config.signingKey,
    createCall: (input) => calls.create(input).view(),
    call: (sid) => calls.get(sid).view(),
    endCall: (sid, status = 'completed') => {
      const call = calls.get(sid);
      calls.setStatus(call, status);
      return call.view();
    },
    endDial: (sid, status = 'completed') => {
      const call = calls.get(sid);
      calls.endDial(call, status);
      return call.view();
    },
    setFaults: (sid, faults) => {
      const call = calls.get(sid);
      call.setFaults(faults);
      return call.view();
    },
    createBin: (contents) => {
      const bin = bins.create(contents);
      return { sid: bin.sid, url: binUrl(url, bin) };
    },
    until: (sid, predicate, timeoutMs = 10_000) => calls.until(sid, predicate, timeoutMs),
    close: () => app.close(),
  };
}
