using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Devices;

/// <summary>A level-sensitive interrupt's wire. The controller hears of changes alone.</summary>
internal sealed class Wire(IInterruptController controller, uint intId, int? vcpu = null)
{
    private bool _isAsserted;

    public void Set(bool isAsserted)
    {
        if (TryChange(isAsserted, out var level))
        {
            controller.SetLevels([level]);
        }
    }

    /// <summary>The change, for a caller that tells several at once.</summary>
    public bool TryChange(bool isAsserted, out WireLevel level)
    {
        level = new WireLevel(intId, vcpu, isAsserted);
        var isChange = isAsserted != _isAsserted;
        _isAsserted = isAsserted;
        return isChange;
    }
}
