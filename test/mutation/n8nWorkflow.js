/**
 * In place of n8n-workflow, which takes longer to load than the tests take to run: what they need of it, and all else from
 * the real one when it is asked for.
 */
const own = { sleep: async (milliseconds) => await new Promise((done) => setTimeout(done, milliseconds)) };

module.exports = new Proxy(own, {
	get: (target, name) =>
		name in target ? target[name] : name === '__esModule' ? undefined : require('real-n8n-workflow')[name],
});
