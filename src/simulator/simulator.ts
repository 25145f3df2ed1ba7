import { NestFactory } from '@nestjs/core';
import type { LoggerService } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BinsService, binUrl } from './bins/bins.service.js';
import type { BinView } from './bins/bins.service.js';
import type { CallStatus, CallView, DialStatus } from './calls/call-view.js';
import { CallsService } from './calls/calls.service.js';
import type { CreateCall } from './calls/create-call.js';
import { FaultQueue } from './faults/fault-queue.js';
import type { Fault } from './faults/fault.js';
import { LIMITS } from './limits.js';
import { servePage } from './serve-page.js';
import { DEFAULT_CONFIG } from './simulator.config.js';
import type { SimulatorConfig } from './simulator.config.js';
import { SimulatorModule } from './simulator.module.js';

export interface SimulatorOptions extends Partial<Omit<SimulatorConfig, 'logChanges'>> {
  /**
   * `false` for no output at all. Nest keeps one logger a process, so a logger or `false` given here counts for every
   * Nest application in it, until one that is made later brings its own. Default: the logger stays as it is.
   */
  readonly log?: LoggerService | false;
}

/** A running SignalWire, for tests and demos in the same process. */
export interface Simulator {
  /** `http://127.0.0.1:PORT`, to be used as the space's URL. */
  readonly url: string;
  readonly projectId: string;
  readonly apiToken: string;
  readonly signingKey: string | undefined;

  /** @throws {CallConflictError} the sid is taken, or two streams have one name */
  createCall(input?: CreateCall): CallView;

  /** @throws {UnknownCallError} */
  call(sid: string): CallView;

  /** The other side hangs up; `status` is `completed` unless given. @throws {UnknownCallError} {CallConflictError} */
  endCall(sid: string, status?: CallStatus): CallView;

  /**
   * The party that the call is connected to hangs up, or never answered; `status` is `completed` unless given.
   *
   * @throws {UnknownCallError} {CallConflictError}
   */
  endDial(sid: string, status?: DialStatus): CallView;

  /** Replaces the faults that wait. @throws {UnknownCallError} */
  setFaults(sid: string, faults: readonly Fault[]): CallView;

  /** An XML Bin with these contents, which are Mustache over the parameters of the request for it. @throws {InvalidBinError} */
  createBin(contents: string): BinView;

  /**
   * Resolves with the call as soon as `predicate` holds of it; driven by events.
   *
   * @param timeoutMs default 10 s
   * @throws {CallWaitError} `timeoutMs` passed, or the simulator was closed
   */
  until(sid: string, predicate: (call: CallView) => boolean, timeoutMs?: number): Promise<CallView>;

  /** Stops listening and gives up all it has under way; nothing of it keeps the process alive. */
  close(): Promise<void>;
}

/** A simulator that does not listen yet. */
export async function createSimulator(
  config: SimulatorConfig,
  log?: LoggerService | false,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: LIMITS.requestBody,
    forceCloseConnections: true,
    // The default of 100 would answer a longer sid with another error than an unknown one.
    routerOptions: { maxParamLength: 1000 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(SimulatorModule.with(config), adapter, {
    abortOnError: false,
    ...(log === undefined ? {} : { logger: log }),
  });
  await servePage(app);
  return app;
}

/** Starts a simulator on a free port of loopback, unless told otherwise. */
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
      call.faults = new FaultQueue(faults);
      call.changed();
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
