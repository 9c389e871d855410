// Node: tests find the software GPU that comes with a development dependency.
import { setAdapterProvider, dawnProvider, setSoftwareVulkan } from "../src/index.node.ts";
import { setOwnStorage } from "../src/runtime/storage.ts";
import { swiftshader } from "../tools/software.mjs";

setSoftwareVulkan(swiftshader);
setAdapterProvider(dawnProvider);
// A test leaves nothing in the user's folders.
setOwnStorage(() => undefined);
