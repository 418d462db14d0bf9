// Nobody hears of it where it is imported; the thread ends of it.
setImmediate(() => {
  throw new Error('too late to be caught');
});
await new Promise<never>(() => {});
