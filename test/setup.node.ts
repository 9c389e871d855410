// Runs before each test file in Node.
export {};
