import { isLive, runningStream } from './call-card.js';
import { shortSid } from '../../platform/page/format.js';

/**
 * Where a call stands on its way from the first step to the end, in words.
 *
 * @param isAsked whether this page has asked the service to stop its stream
 */
export function progressOf(call, isAsked) {
  const name = `Call ${shortSid(call.sid)}`;
  if (!isLive(call)) return `${name} has ended.`;
  if (call.streams.length === 0) return `${name} is live, without a stream.`;
  if (!runningStream(call)) return `${name} goes on; its stream has stopped.`;
  if (call.updates.length > 0) return `${name}: the service is stopping its stream …`;
  return isAsked
    ? `${name}: the service has been asked to stop its stream …`
    : `${name} is live. Now stop its stream.`;
}
