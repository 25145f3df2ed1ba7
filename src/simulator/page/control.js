/** @returns the sid of the new call */
export const createCall = (call) => control('POST', '', call);

export const endCall = (sid) => control('PATCH', `/${encodeURIComponent(sid)}`, { status: 'completed' });

/** Sends a request to the control API. @throws {Error} with the API's message if it fails */
async function control(method, path, body) {
  const options = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`/simulator/calls${path}`, { ...options, method });
  const { sid, message } = await response.json();
  if (!response.ok) throw new Error(message);
  return sid;
}
