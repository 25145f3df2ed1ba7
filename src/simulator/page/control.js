/** @returns the sid of the new call */
export const createCall = (call) => control('POST', '', call);

/** Asks the service to stop a stream. */
export const cancel = (cancellation) => send('POST', '/simulator/cancellations', cancellation);

export const endCall = (sid) => control('PATCH', `/${encodeURIComponent(sid)}`, { status: 'completed' });

const control = (method, path, body) => send(method, `/simulator/calls${path}`, body);

/** Sends a request to the simulator. @throws {Error} with its message if it fails */
async function send(method, path, body) {
  const options = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, { ...options, method });
  const { sid, message } = await response.json();
  if (!response.ok) throw new Error(message);
  return sid;
}
