import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { PublicPortHooks } from './access/public-port.hooks.js';
import { SignatureGuard } from './access/signature.guard.js';
import { SourceAllowance } from './access/source-allowance.js';
import { DocumentsController } from './documents.controller.js';
import { DocumentsMetrics } from './documents.metrics.js';
import { LinkDocuments } from './link-documents.js';
import { OwnDocumentUrls } from './own-document-urls.js';
import { PingController } from './ping.controller.js';
import { ServedFallbacks } from './served-fallbacks.js';
import { StreamStatusController } from './stream-status.controller.js';
import { TemplatesController } from './templates.controller.js';

/** The role `documents`: what SignalWire can reach. */
@Module({
  controllers: [DocumentsController, PingController, StreamStatusController, TemplatesController],
  providers: [
    DocumentsMetrics,
    EvidenceRecorder,
    LinkDocuments,
    OwnDocumentUrls,
    PublicPortHooks,
    ServedFallbacks,
    SourceAllowance,
    // Global, so that no route can be added without it.
    { provide: APP_GUARD, useClass: SignatureGuard },
  ],
})
export class DocumentsModule {}
