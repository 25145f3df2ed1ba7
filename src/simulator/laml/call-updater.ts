import { Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { DocumentRunner } from '../documents/document-runner.js';
import type { Fault } from '../faults/fault.js';
import { invalidStatus, notInProgress } from './laml-error.js';
import { readUpdate, UPDATE_PARAMETERS, warnOfUnknown } from './update-params.js';
import type { Params, Update } from './update-params.js';

/** Applies Update a Call, on behalf of an authorized client. */
@Injectable()
export class CallUpdater {
  constructor(
    private readonly calls: CallsService,
    private readonly documents: DocumentRunner,
  ) {}

  /**
   * Validates StatusCallback but sends no call status callbacks.
   *
   * @throws {LamlError} the update was refused and changed nothing
   */
  apply(call: Call, params: Params, fetch: Fault['fetch']): void {
    const update = readUpdate(params);
    if (update.status !== null) refuseStatus(call, update.status);
    else if (update.document !== null && call.status !== 'in-progress') throw notInProgress();
    warnOfUnknown(call, params, (name) => UPDATE_PARAMETERS.has(name));
    if (update.status !== null) this.end(call, update, update.status);
    else if (update.document !== null && fetch !== 'none') {
      this.documents.run(call, { address: update.document, fallback: update.fallback, fetch });
    }
  }

  private end(call: Call, update: Update, status: NonNullable<Update['status']>): void {
    // The docs do not say which of the two wins.
    if (update.document !== null) call.warn('Url ignored: the update also sets Status');
    this.calls.setStatus(call, status, 'update');
  }
}

function refuseStatus(call: Call, status: NonNullable<Update['status']>): void {
  if (call.finished) throw invalidStatus(`The call is ${call.status} and cannot be updated`);
  if (status === 'canceled' && call.status === 'in-progress') {
    throw invalidStatus('A call in progress cannot be canceled');
  }
}
