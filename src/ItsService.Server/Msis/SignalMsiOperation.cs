using ItsService.Server.Machines;

namespace ItsService.Server.Msis;

/// <summary>Translates one message and makes its LPI pending.</summary>
internal readonly struct SignalMsiOperation(MsiMessage message) : IVmOperation<V1.SignalMsiResponse>
{
    public V1.SignalMsiResponse Run(VmContent vm)
    {
        var result = vm.Gic.SignalMsi(message.Its, message.Device, message.Event);
        var response = new V1.SignalMsiResponse { Result = MsiAnswer.ToWire(result) };
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}
