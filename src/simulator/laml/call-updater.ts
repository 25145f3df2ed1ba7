import { Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { DocumentRunner } from '../documents/document-runner.js';
import type { Fault } from '../faults/fault.js';
import { bounded } from '../limits.js';
import { invalidStatus, notInProgress } from './laml-error.js';
import { readUpdate } from './update-params.js';
import type { Params, Update } from './update-params.js';

/** Update a Call, once it is known who asks and about which call. */
@Injectable()
export class CallUpdater {
  constructor(
    private readonly calls: CallsService,
    private readonly documents: DocumentRunner,
  ) {}

  /**
   * StatusCallback is checked and kept in the record; call status callbacks are not sent.
   *
   * @throws {LamlError} the update is refused, and nothing has changed
   */
  apply(call: Call, params: Params, fetch: Fault['fetch']): void {
    const update = readUpdate(params);
    if (update.status !== null) refuseStatus(call, update.status);
    else if (update.document !== null && call.status !== 'in-progress') throw notInProgress();
    // The spec allows no others but does not say what becomes of them.
    for (const name of update.unknown) call.warn(`The parameter ${bounded(name)} is unknown: ignored`);
    if (update.status !== null) this.end(call, update, update.status);
    else if (update.document !== null && fetch !== 'none') {
      this.documents.run(call, { address: update.document, fallback: update.fallback, fetch });
    }
  }

  private end(call: Call, update: Update, status: NonNullable<Update['status']>): void {
    // Which of the two counts is not documented.
    if (update.document !== null) call.warn('Status and Url in one update: Url ignored');
    this.calls.setStatus(call, status, 'update');
  }
}

function refuseStatus(call: Call, status: NonNullable<Update['status']>): void {
  if (call.finished) throw invalidStatus(`The call is ${call.status} and cannot be updated`);
  if (status === 'canceled' && call.status === 'in-progress') {
    throw invalidStatus('A call in progress cannot be canceled');
  }
}
