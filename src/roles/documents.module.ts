import { Module } from '@nestjs/common';
import { DocumentsController } from '../documents/documents.controller.js';
import { SignatureGuard } from '../documents/signature.guard.js';
import { StopLinks } from '../documents/stop-links.js';
import { StreamStatusController } from '../documents/stream-status.controller.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { DocumentTemplates } from '../templates/document-templates.js';
import { TemplatesController } from '../templates/templates.controller.js';

/** What SignalWire reaches, and nothing else. */
@Module({
  controllers: [DocumentsController, StreamStatusController, TemplatesController],
  providers: [DocumentTemplates, EvidenceRecorder, SignatureGuard, StopLinks],
})
export class DocumentsModule {}
