export default { start: 1, comands: {} };
