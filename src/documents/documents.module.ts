import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DocumentsController } from './documents.controller.js';
import { Edge } from './access/edge.js';
import { LinkDocuments } from './link-documents.js';
import { ServedDocuments } from './served-documents.js';
import { OwnDocumentUrls } from './own-document-urls.js';
import { SignatureGuard } from './access/signature.guard.js';
import { SourceAllowance } from './access/source-allowance.js';
import { StreamStatusController } from './stream-status.controller.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { DocumentTemplates } from './document-templates.js';
import { TemplatesController } from './templates.controller.js';

/** What SignalWire reaches, and nothing else. */
@Module({
  controllers: [DocumentsController, StreamStatusController, TemplatesController],
  providers: [
    DocumentTemplates,
    Edge,
    EvidenceRecorder,
    LinkDocuments,
    ServedDocuments,
    OwnDocumentUrls,
    SourceAllowance,
    // For every route there is, and every one that comes.
    { provide: APP_GUARD, useClass: SignatureGuard },
  ],
})
export class DocumentsModule {}
