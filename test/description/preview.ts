import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { ProcessModule } from '../../src/process.module.js';
import type { SharedByRoles } from '../../src/process.module.js';

/** Nothing is made in a preview, so nothing is needed. */
const NOTHING = {
  environment: {},
  metrics: {},
  readiness: {},
  projects: {},
  templates: {},
  clock: {},
  own: {},
} as unknown as SharedByRoles;

/** The application of a role without instances, so that nothing connects. */
export const previewOf = (role: Type): Promise<NestFastifyApplication> =>
  NestFactory.create<NestFastifyApplication>(
    ProcessModule.running(role, NOTHING),
    httpAdapter('api', new Metrics()),
    { logger: false, preview: true, abortOnError: false },
  );
