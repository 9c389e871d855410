// Unpacks SwiftShader and Chromium ahead of the first test or training run, and says where they are.
import { browser, swiftshader } from "./software.mjs";

const vulkan = await swiftshader();
console.log(vulkan ? `SwiftShader  ${vulkan.dir}` : "SwiftShader  none for this platform");
const { executablePath, args } = await browser();
console.log(`browser      ${executablePath} ${args.join(" ")}`);
