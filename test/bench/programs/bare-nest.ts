import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { givenSetup } from './setup.js';

export interface BareNestSetup {
  readonly port: number;
}

@Controller('cancellations')
class BareController {
  @Post()
  @HttpCode(202)
  create(@Body() body: object): object {
    return body;
  }
}

/** An application that does nothing but answer. */
@Module({ controllers: [BareController] })
class BareModule {}

const { port } = givenSetup() as BareNestSetup;
const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(port, '127.0.0.1');
