import type { Call } from '../calls/call.js';

/** The Call object of SignalWire's Compatibility API ("Update a Call"). Fields that are not simulated are null. */
export function callObject(call: Call): object {
  const uri = `/api/laml/2010-04-01/Accounts/${call.accountSid}/Calls/${call.sid}`;
  return {
    sid: call.sid,
    account_sid: call.accountSid,
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(call.updatedAt),
    parent_call_sid: null,
    to: call.to,
    formatted_to: call.to,
    to_formatted: call.to,
    from: call.from,
    formatted_from: call.from,
    from_formatted: call.from,
    phone_number_sid: null,
    status: call.status,
    start_time: orNull(call.answeredAt),
    end_time: orNull(call.endedAt),
    duration: seconds(call),
    price: null,
    price_unit: 'USD',
    direction: call.direction === 'inbound' ? 'inbound' : 'outbound',
    answered_by: null,
    api_version: '2010-04-01',
    forwarded_from: null,
    caller_name: null,
    annotation: null,
    group_sid: null,
    uri: `${uri}.json`,
    subresource_uris: { notifications: null, recordings: `${uri}/Recordings.json` },
    audio_in_mos: null,
    sip_result_code: null,
    audio_rtt_avg: null,
    audio_rtt_min: null,
    audio_rtt_max: null,
    audio_out_jitter_min: null,
    audio_out_jitter_max: null,
    audio_out_jitter_avg: null,
    audio_out_lost: null,
  };
}

/** For example `Sun, 22 Nov 2026 21:54:41 +0000`. */
export function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

function orNull(date: Date | null): string | null {
  return date === null ? null : rfc2822(date);
}

function seconds({ answeredAt, endedAt }: Call): number {
  if (answeredAt === null || endedAt === null) return 0;
  return Math.round((endedAt.getTime() - answeredAt.getTime()) / 1000);
}
