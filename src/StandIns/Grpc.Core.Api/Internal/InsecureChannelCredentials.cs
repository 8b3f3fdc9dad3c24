namespace Grpc.Core.Internal;

/// <summary>A channel without security.</summary>
internal sealed class InsecureChannelCredentials : ChannelCredentials
{
    public override void InternalPopulateConfiguration(
        ChannelCredentialsConfiguratorBase configurator,
        object? state) => configurator.SetInsecureCredentials(state);
}
