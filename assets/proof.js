/* Works for a moment on what the page asks for, and sends the result. Without this a message waits for a person.
   Looks for a number with which SHA-256 of "challenge:number" begins with enough zero bits; SHA-256 as in FIPS 180-4,
   written out because the browser's own is slow for many short texts and absent from pages without TLS. */
(() => {
  const form = document.querySelector("form[data-proof]");
  if (!form) return;
  const bits = Number(form.dataset.proof), start = `${form.elements.challenge.value}:`;
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const part = (root) => ((root - Math.floor(root)) * 4294967296) | 0;
  const K = primes.map((prime) => part(Math.cbrt(prime))), H = primes.slice(0, 8).map((prime) => part(Math.sqrt(prime)));
  const w = new Int32Array(64);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));
  const firstWord = (text) => {
    const blocks = (text.length + 9 + 63) >> 6, bytes = new Uint8Array(blocks * 64);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    bytes[text.length] = 128;
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 4, text.length * 8);
    let state = H.slice();
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(block * 64 + i * 4);
      for (let i = 16; i < 64; i++) {
        const a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      state = [a, b, c, d, e, f, g, h].map((value, i) => (value + state[i]) | 0);
    }
    return state[0] >>> 0;
  };
  let number = 0;
  const work = () => {
    for (const until = number + 2000; number < until; number++) {
      if (firstWord(start + number) >>> (32 - bits)) continue;
      form.elements.number.value = number;
      form.submit();
      return;
    }
    setTimeout(work);
  };
  work();
})();
