/** Random tests try the same cases in each run, so that what they notice is no luck. */
const fastCheck = require('real-fast-check');

fastCheck.configureGlobal({ seed: 1 });
module.exports = fastCheck;
