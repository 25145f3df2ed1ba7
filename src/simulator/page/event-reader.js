const AGAIN_MS = 2000;

/**
 * Reads the simulator's events, for ever: the browser connects again by itself after a broken connection, and this
 * after a refusal, which a browser takes for an end.
 */
export class EventReader {
  /** @param on `state`, `reset`, `call` and `line` */
  constructor(url, on) {
    this.url = url;
    this.on = on;
  }

  connect() {
    const source = new EventSource(this.url);
    source.addEventListener('open', () => this.on.state('live', 'Live'));
    source.addEventListener('error', () => {
      this.on.state('lost', 'Disconnected: what is shown may be old. Trying again …');
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.connect(), AGAIN_MS);
    });
    for (const type of ['reset', 'call', 'line']) {
      source.addEventListener(type, ({ data, lastEventId }) => this.on[type](JSON.parse(data), lastEventId));
    }
  }
}
