const { DoorFlowOAuth2Api } = require('./dist/credentials/DoorFlowOAuth2Api.credentials.js');
const { DoorFlow } = require('./dist/nodes/DoorFlow/DoorFlow.node.js');
const {
	DoorFlowPollingTrigger,
} = require('./dist/nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node.js');
const { DoorFlowTrigger } = require('./dist/nodes/DoorFlowTrigger/DoorFlowTrigger.node.js');

module.exports = { DoorFlow, DoorFlowOAuth2Api, DoorFlowPollingTrigger, DoorFlowTrigger };
