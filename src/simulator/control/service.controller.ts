import {
  BadGatewayException,
  Body,
  Controller,
  Headers,
  HttpCode,
  HttpException,
  Inject,
  Post,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';

/** Asks the service to stop a stream, for the page: the service takes no requests from pages of another origin. */
@Controller('simulator/cancellations')
export class ServiceController {
  constructor(@Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig) {}

  /**
   * @param body as `POST /cancellations` of the service takes it
   * @returns the service's answer
   * @throws {HttpException} with the status and reason of the service, 502 without an answer, or 415
   */
  @Post()
  @HttpCode(202)
  async stop(@Headers('content-type') type: string | undefined, @Body() body: object): Promise<unknown> {
    // A page of another origin can send a form without being asked, but no JSON.
    if (type !== 'application/json') throw new UnsupportedMediaTypeException('the body must be JSON');
    const { serviceUrl, serviceApiKey, readTimeoutMs } = this.config;
    const answer = await fetch(`${serviceUrl.replace(/\/+$/, '')}/cancellations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serviceApiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(readTimeoutMs),
    }).catch(() => {
      throw new BadGatewayException(`the service does not answer at ${serviceUrl} (SERVICE_URL)`);
    });
    const content = (await answer.json().catch(() => ({}))) as { detail?: string };
    if (answer.ok) return content;
    const message = `the service answered ${answer.status}: ${content.detail ?? answer.statusText}`;
    throw new HttpException({ statusCode: answer.status, message }, answer.status);
  }
}
