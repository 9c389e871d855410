// Runs before each test file in the browser.
export {};
