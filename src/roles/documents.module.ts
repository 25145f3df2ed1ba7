import { Module } from '@nestjs/common';
import { DocumentsController } from '../documents/documents.controller.js';
import { StopLinks } from '../documents/stop-links.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';

/** What SignalWire reaches, and nothing else. */
@Module({
  controllers: [DocumentsController],
  providers: [EvidenceRecorder, StopLinks],
})
export class DocumentsModule {}
