// The script of a thread: gets modules and puts their functions into its table, in the order of the device's own; between
// messages it works off jobs.
// @ts-nocheck Its globals are those of a worker, and nothing but this text gets there: there is no type to import.

let table, imports, serve, control, thread;
let handled = 0;

function add({ module, names }) {
  const { exports } = new WebAssembly.Instance(module, imports);
  for (const name of names) table.grow(1, exports[name]);
  return exports;
}

function begin({ memory, kernels, threads, at, index }) {
  table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
  imports = { env: { memory, table, abort() {} } };
  imports.threads = { setScratch: add(kernels).setScratch, stalled() {} };
  serve = add(threads).serve;
  control = at;
  thread = index;
}

self.addEventListener("message", ({ data }) => {
  handled++;
  try {
    if (data.begin) begin(data.begin);
    else add(data);
    self.postMessage("ready");
    serve(control, thread, handled);
  } catch (error) {
    if (imports) Atomics.store(new Int32Array(imports.env.memory.buffer), data.failed >> 2, 1);
    self.postMessage({ error: String(error) });
  }
});
