// The peer: a process of child_process.fork that answers what it is sent.
process.on('message', (value) => process.send?.(value));
