using ItsService.Server.Machines;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Msis;

/// <summary>Translates one message and makes its LPI pending.</summary>
/// <param name="message">The message, checked.</param>
/// <param name="arrivedAt">When it was read; 0 where nobody measures.</param>
internal readonly struct SignalMsiOperation(MsiMessage message, long arrivedAt) : IVmOperation<V1.SignalMsiResponse>
{
    public V1.SignalMsiResponse Run(VmContent vm)
    {
        var beganAt = vm.Telemetry.BeginInjection();
        var result = vm.Gic.SignalMsi(message.Its, message.Device, message.Event);
        vm.Telemetry.EndInjection(InjectionPath.Unary, InjectionTally.Of(result), arrivedAt, beganAt);
        var response = new V1.SignalMsiResponse { Result = MsiAnswer.ToWire(result) };
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}
