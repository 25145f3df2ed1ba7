import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DocumentsController } from '../documents/documents.controller.js';
import { Edge } from '../documents/edge.js';
import { LinkDocuments } from '../documents/link-documents.js';
import { ServedDocuments } from '../documents/served-documents.js';
import { OwnDocumentUrls } from '../documents/own-document-urls.js';
import { SignatureGuard } from '../documents/signature.guard.js';
import { SourceAllowance } from '../documents/source-allowance.js';
import { StopLinks } from '../documents/stop-links.js';
import { StreamStatusController } from '../documents/stream-status.controller.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { DocumentTemplates } from '../templates/document-templates.js';
import { TemplatesController } from '../templates/templates.controller.js';

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
    StopLinks,
    // For every route there is, and every one that comes.
    { provide: APP_GUARD, useClass: SignatureGuard },
  ],
})
export class DocumentsModule {}
