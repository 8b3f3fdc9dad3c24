namespace Grpc.Core;

/// <summary>Says whether a server that passed the usual checks is accepted.</summary>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);
